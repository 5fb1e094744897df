export interface GraphJson {
  readonly version: 1;
}
export declare function graphToJson(nodes: ReadonlyMap<string, unknown>): GraphJson;
export declare function nodesFromJson(json: GraphJson): Map<string, unknown>;
