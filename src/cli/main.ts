#!/usr/bin/env node
/** Where the `skein` command starts. */

// The schedulers have their names before a flag can name one.
import "../client/install.js";
import { runProgram } from "./program.js";

void runProgram(process.argv.slice(2));
