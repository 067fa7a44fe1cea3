import { readFileSync } from "node:fs"

/** Bytes of test/vectors/snapshot/NAME.hex. They never change: a new format is a new version in a new file. */
export const golden = (name: string): Uint8Array => {
  const text = readFileSync(new URL(`../vectors/snapshot/${name}.hex`, import.meta.url), "utf8")
  return Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ""), "hex"))
}

/** As such a file has them. */
export const hexLines = (bytes: Uint8Array): string =>
  (
    Buffer.from(bytes)
      .toString("hex")
      .match(/.{1,96}/g) ?? []
  ).join("\n")
