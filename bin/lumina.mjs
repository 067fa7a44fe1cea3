#!/bin/sh
":" //; # Run as a program, this starts at once on the Node that is installed with it: no launcher stays in memory.
":" //; for node in "$(dirname "$(readlink -f "$0")")"/../node_modules/node-*/bin/node; do
":" //;   "$node" --version > /dev/null 2>&1 && exec "$node" "$0" "$@"
":" //; done; exec node "$0" "$@"

import { fileURLToPath } from "node:url"
import { launch } from "./launch.mjs"

const [command] = process.argv.slice(2)
const script = fileURLToPath(new URL("../src/main.ts", import.meta.url))
// Left alone, V8 lets the young generation of a busy hub grow to 100 MB, for nothing that could be measured.
const flags = command === "hub" || command === "start" ? ["--max-semi-space-size=16"] : []
await launch(script, process.argv.slice(2), { development: false, replace: command === "agent", flags })
