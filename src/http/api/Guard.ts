/** What every endpoint answers when a request cannot be read: part of the description. */
import { HttpApiMiddleware } from "effect/http-api"
import { BadRequest, Internal, Invalid, TooLarge, UnsupportedMediaType } from "../../schema/Errors.ts"
import { ServiceUnavailableAnswer } from "./Errors.ts"

export class Guard extends HttpApiMiddleware.Service<Guard>()("lumina/http/Guard", {
  error: [BadRequest, TooLarge, UnsupportedMediaType, Invalid, Internal, ServiceUnavailableAnswer]
}) {}
