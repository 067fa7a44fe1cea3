/** What starts the agent on another host, to be copied. The token is in no argument: those everybody sees in `ps`. */
export const agentCommand = (host: string, token = "lum_…", hub = location.origin): string =>
  `LUMINA_TOKEN=${token} bin/lumina.mjs agent --hub ${hub} --host ${quoted(host)}`

/** Nothing in it that a shell would read otherwise. */
const quoted = (text: string): string => (/^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
