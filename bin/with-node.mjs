#!/usr/bin/env node
// node bin/with-node.mjs SCRIPT [ARGUMENT…]: runs a script of this repository on Node 24, whatever `node` is here.
import { resolve } from "node:path"
import { launch } from "./launch.mjs"

const [script, ...args] = process.argv.slice(2)
if (script === undefined) {
  console.error("usage: node bin/with-node.mjs SCRIPT [ARGUMENT…]")
  process.exit(2)
}
await launch(resolve(script), args, { development: true })
