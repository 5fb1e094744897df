#!/usr/bin/env node
/** Where the `skein` command starts. */

import { runProgram } from "./program.js";

void runProgram(process.argv.slice(2));
