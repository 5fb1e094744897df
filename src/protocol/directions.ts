/**
 * Who may say what to whom. A message of a known kind that has no business on its way, such as a `run` sent to a
 * client, is refused like one of an unknown kind, so that a core meets only messages it is written for.
 */

import type { Role } from "./addresses.js";
import type {
  ClientToScheduler,
  Message,
  PeerMessage,
  SchedulerToClient,
  SchedulerToWorker,
  WorkerToScheduler,
} from "./messages.js";

type Kinds<M extends Message> = Readonly<Record<M["kind"], true>>;

const peers: Kinds<PeerMessage> = {
  hello: true,
  bye: true,
  get: true,
  credit: true,
  chunk: true,
  gone: true,
  put: true,
  putDone: true,
};

const clientToScheduler: Kinds<ClientToScheduler> = {
  hello: true,
  bye: true,
  submit: true,
  want: true,
  release: true,
  keep: true,
  cancel: true,
  retry: true,
  scatter: true,
  unavailable: true,
  query: true,
  runEverywhere: true,
  clientBeat: true,
};

const schedulerToClient: Kinds<SchedulerToClient> = {
  hello: true,
  bye: true,
  accepted: true,
  refused: true,
  status: true,
  answer: true,
  event: true,
  "wants?": true,
};

const schedulerToWorker: Kinds<SchedulerToWorker> = {
  hello: true,
  bye: true,
  run: true,
  cancelRuns: true,
  free: true,
  replicate: true,
  runOnWorker: true,
  "register?": true,
};

const workerToScheduler: Kinds<WorkerToScheduler> = {
  hello: true,
  bye: true,
  register: true,
  done: true,
  failed: true,
  started: true,
  progressed: true,
  seceded: true,
  missing: true,
  handedBack: true,
  copies: true,
  ranOnWorker: true,
  beat: true,
  leave: true,
};

const none: Readonly<Record<string, true>> = {};

const directions: Readonly<Record<Role, Readonly<Record<Role, Readonly<Record<string, true>>>>>> = {
  client: { client: none, scheduler: clientToScheduler, worker: peers },
  scheduler: { client: schedulerToClient, scheduler: none, worker: schedulerToWorker },
  worker: { client: peers, scheduler: workerToScheduler, worker: peers },
};

/** Whether a message of this kind may go from one role to the other. */
export function mayGo(from: Role, to: Role, kind: string): boolean {
  return Object.hasOwn(directions[from][to], kind);
}
