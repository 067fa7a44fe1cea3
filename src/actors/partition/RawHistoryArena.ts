/** Memory of a partition's raw points: chunks of one size on pages, so that it grows without copying. */

/**
 * 96 bytes: 18 words of points, then a header of 6 (RawHistoryChains.ts). Smaller chunks lose more to headers, larger
 * ones more to the first and last chunk of each series, which the window covers in part; 64 to 112 bytes came out
 * within 5 %.
 */
export const CHUNK_WORDS = 24
const CHUNK_BYTES = CHUNK_WORDS * 4

/** The first word of a chunk's header: the next chunk of its series, or the next free one. */
export const NEXT = 18

/**
 * 48 KiB a page: small enough that a partition with ten series costs little, large enough that the page objects
 * themselves do not count.
 */
const PAGE_SHIFT = 9
const PAGE_CHUNKS = 1 << PAGE_SHIFT
const PAGE_WORDS = PAGE_CHUNKS * CHUNK_WORDS

/** Chunks by id, from 1; 0 is "none". A chunk lies in `words(id)` from `wordOf(id)`. */
export class RawHistoryArena {
  private readonly pages: Array<Int32Array> = []
  private readonly doublePages: Array<Float64Array> = []
  private firstFree = 0
  private highest = 0
  private used = 0

  words(id: number): Int32Array {
    return this.pages[id >>> PAGE_SHIFT]!
  }

  /** The same page as doubles, for the two in a chunk's header. */
  doubles(id: number): Float64Array {
    return this.doublePages[id >>> PAGE_SHIFT]!
  }

  wordOf(id: number): number {
    return (id & (PAGE_CHUNKS - 1)) * CHUNK_WORDS
  }

  /** A chunk of undefined content. */
  allocate(): number {
    this.used++
    const id = this.firstFree
    if (id === 0) {
      this.highest++
      this.addPagesFor(this.highest)
      return this.highest
    }
    this.firstFree = this.words(id)[this.wordOf(id) + NEXT]!
    return id
  }

  release(id: number): void {
    this.used--
    this.words(id)[this.wordOf(id) + NEXT] = this.firstFree
    this.firstFree = id
  }

  /** Fills an empty arena with chunks, of which the first gets id 1. */
  load(chunks: Int32Array): void {
    const count = chunks.length / CHUNK_WORDS
    this.addPagesFor(count)
    // Id 0 has a place, so a chunk's place in `chunks` is one chunk before its place in the pages.
    for (let page = 0, at = -CHUNK_WORDS; at < chunks.length; page++, at += PAGE_WORDS) {
      this.pages[page]?.set(chunks.subarray(Math.max(at, 0), at + PAGE_WORDS), page === 0 ? CHUNK_WORDS : 0)
    }
    this.highest = count
    this.used = count
  }

  get usedChunks(): number {
    return this.used
  }

  get usedBytes(): number {
    return this.used * CHUNK_BYTES
  }

  get allocatedBytes(): number {
    return this.pages.length * PAGE_WORDS * 4
  }

  private addPagesFor(id: number): void {
    while (this.pages.length <= id >>> PAGE_SHIFT) {
      const page = new ArrayBuffer(PAGE_WORDS * 4)
      this.pages.push(new Int32Array(page))
      this.doublePages.push(new Float64Array(page))
    }
  }
}
