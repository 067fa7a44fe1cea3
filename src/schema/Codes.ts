/**
 * Every stable error code of the hub, and what each one means: of points, requests, streams and the live feed. Programs
 * are written against them: a code is added, never renamed. docs/errors.md shows this list to people; a test keeps the
 * two equal, and finds no other code in an answer.
 */

interface CodeEntry {
  /** HTTP status when the code answers a whole request; absent for codes that only name a point or a stream. */
  readonly status?: number
  readonly meaning: string
}

/** Why one point, or one declared series, was not taken. Each of these is final but the last. */
export const pointCodes = {
  point_invalid: { meaning: "The element of `points` is not a JSON object." },
  missing_metric: { meaning: "`metric` is absent or empty." },
  metric_invalid: { meaning: "`metric` is not 1–255 printable characters, or all of them are blank." },
  label_invalid: {
    meaning:
      "`labels` is not an object of strings, a label name breaks the rules or occurs twice, or a value holds NUL."
  },
  too_many_labels: { meaning: "More than 32 labels." },
  label_value_too_long: { meaning: "A label value is longer than 1,024 bytes of UTF-8." },
  missing_label: { meaning: "The metric's definition names a dimension label that the point does not have." },
  wrong_host: { meaning: "A host's token was used for a point whose `host` label is another host." },
  value_invalid: { meaning: "`value` is absent or not a number." },
  value_not_finite: { meaning: "`value` is NaN or infinite." },
  timestamp_invalid: { meaning: "`timestamp` is neither a number nor an RFC 3339 time with an offset." },
  timestamp_future: { meaning: "`timestamp` is more than 5 minutes ahead of the hub." },
  timestamp_range: { meaning: "`timestamp` is before 2000-01-01, or not a whole number of milliseconds." },
  series_unknown: { meaning: "The frame uses a ref that this connection has not declared." },
  series_limit: { meaning: "The series would be new, and the workspace has as many series as it may have." },
  new_series_limit: {
    meaning: "The series would be new, and the workspace has had as many new ones as a minute allows: not final."
  }
} as const satisfies Record<string, CodeEntry>

/** Why a whole request, a request to upgrade, or a whole frame was not taken. */
export const requestCodes = {
  malformed_request: { status: 400, meaning: "What came is not an HTTP request." },
  malformed_json: { status: 400, meaning: "The body is not valid JSON in UTF-8." },
  malformed_body: { status: 400, meaning: "The body does not decode as its type or its content encoding says." },
  points_invalid: { status: 400, meaning: 'The body is neither one point nor `{"points":[…]}`.' },
  invalid_query: { status: 400, meaning: "A query parameter or header has a value that is not allowed." },
  unauthorized: { status: 401, meaning: "No token or session, or one that is not (or no longer) valid." },
  invalid_login: { status: 401, meaning: "Nobody has this name and password, or the user is disabled." },
  forbidden: { status: 403, meaning: "The token, or the user's role, is valid and does not allow this." },
  csrf_failed: {
    status: 403,
    meaning: "A change by cookie without the session's `csrfToken` in `Lumina-Csrf`, or from a page of another host."
  },
  password_change_required: { status: 403, meaning: "The one-time password has to be changed before anything else." },
  not_found: { status: 404, meaning: "No such object in this workspace." },
  method_not_allowed: { status: 405, meaning: "The path exists and does not take this method." },
  request_timeout: { status: 408, meaning: "The request did not arrive completely in time." },
  conflict: { status: 409, meaning: "Another object has this key, or the object's state does not allow the action." },
  idempotency_conflict: {
    status: 409,
    meaning: "The idempotency key, or the sender's sequence, was used within 24 h for another body."
  },
  stale_version: { status: 412, meaning: "`If-Match` is not the current version of the document." },
  too_many_points: { status: 413, meaning: "More than 10,000 points in one request or frame." },
  body_too_large: { status: 413, meaning: "The body (decoded) or the message is larger than allowed." },
  unsupported_media_type: { status: 415, meaning: "The `Content-Type` is not one that this path reads." },
  unsupported_encoding: {
    status: 415,
    meaning: "The `Content-Encoding` is none that this path reads: points may come as gzip or zstd, documents may not."
  },
  invalid: { status: 422, meaning: "The document breaks a rule; `details` names field and reason." },
  upgrade_required: { status: 426, meaning: "The path is a WebSocket, and this was an ordinary request." },
  quota_exceeded: {
    status: 429,
    meaning: "This workspace's own limit; nothing was kept. Send again after the stated time."
  },
  too_many_attempts: {
    status: 429,
    meaning: "Too many logins failed for this user or from this address. Try again after the stated time."
  },
  headers_too_large: { status: 431, meaning: "The headers are too many or too large." },
  internal: { status: 500, meaning: "A fault of the hub. The request may be sent again." },
  unavailable: {
    status: 503,
    meaning:
      "The hub cannot take it now (starting, overloaded, database away). Send the same again later: where the " +
      "database went away meanwhile, it may have been kept, and then it changes nothing the second time."
  }
} as const satisfies Record<string, CodeEntry>

/** Why a stream is closed, beyond the codes above; the last one closes a live feed, too. */
export const streamCodes = {
  malformed_frame: { meaning: "A message is not one MessagePack map of the documented shape." },
  unexpected_message: { meaning: "Something before `hello`, or a second `hello`." },
  unsupported_version: { meaning: "`hello.version` is not 1." },
  binary_required: { meaning: "A text message on a binary protocol." },
  credit_exceeded: { meaning: "A frame was sent without credit." },
  hello_timeout: { meaning: "No `hello` within 10 s." },
  not_reading: { meaning: "The client does not read the hub's answers." }
} as const satisfies Record<string, CodeEntry>

/** Why a live feed is closed, beyond the codes above. */
export const liveCodes = {
  position_expired: { meaning: "What happened since that position is more than is told again: load the lists." }
} as const satisfies Record<string, CodeEntry>

export type PointCode = keyof typeof pointCodes
export type RequestCode = keyof typeof requestCodes
export type StreamCode = keyof typeof streamCodes
export type LiveCode = keyof typeof liveCodes
export type Code = PointCode | RequestCode | StreamCode | LiveCode
