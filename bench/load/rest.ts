/** A load generator over `POST /v1/metrics`, as a process of its own. Argument: a LoadPlan as JSON. */
import { Agent, request } from "node:http"
import { type Batch, Course, generatorOfProcess, now } from "./Generator.ts"
import { bodyOf } from "./Json.ts"

/** How often batches that were not due yet are looked for. */
const PACE_MILLIS = 2

interface Answer {
  readonly status: number
  readonly retryAfterSeconds: number
  readonly body: string
}

const generator = generatorOfProcess()
const { connections, hub, token } = generator.plan
const agent = new Agent({ keepAlive: true, maxSockets: connections })
const courses = Array.from({ length: connections }, (_, connection) => new Course(generator, connection))

const post = (body: Buffer): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const options = {
      agent,
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "content-length": body.length
      }
    }
    const sending = request(`${hub}/v1/metrics`, options, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("error", reject)
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          retryAfterSeconds: Number(response.headers["retry-after"] ?? 1),
          body: Buffer.concat(chunks).toString()
        })
      )
    })
    sending.on("error", reject)
    sending.end(body)
  })

/** Sends a batch until the hub has taken it. */
const deliver = async (batch: Batch): Promise<void> => {
  const body = bodyOf(batch)
  generator.sent(batch, now())
  while (true) {
    const answer = await post(body)
    if (answer.status === 202) {
      const { accepted, rejected } = JSON.parse(answer.body) as { accepted: number; rejected: ReadonlyArray<unknown> }
      generator.answered(accepted, rejected.length)
      return
    }
    if (answer.status !== 429 && answer.status !== 503)
      throw new Error(`the hub answered ${answer.status}: ${answer.body}`)
    generator.refused()
    await wait(answer.retryAfterSeconds * 1_000)
  }
}

/** One request at a time, so that the points of a series stay in their order. */
const run = async (course: Course): Promise<void> => {
  while (!course.isOver && !generator.isStopping) {
    const batch = course.take()
    if (batch === null) await wait(PACE_MILLIS)
    else await deliver(batch)
  }
}

const wait = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis))

generator.serve(async () => {
  for (const course of courses) course.start()
  await Promise.all(courses.map(run))
  generator.stop()
})
