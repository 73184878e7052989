// Progress on stderr: one line a step, with how long it took. Rewritten in place on a terminal, plain elsewhere.

export interface Step {
  /** Shows `detail` behind the step's title while it runs. Only a terminal shows it. */
  update(detail: string): void
  /** Ends the step well; `detail` stays behind its title. */
  done(detail?: string): void
  /** Ends the step badly; the error itself is told once, by main.ts. */
  failed(detail?: string): void
}

export interface Progress {
  step(title: string): Step
  /** A line of its own, e.g. a warning that must not be missed. */
  note(text: string): void
}

/** The part of a stream that progress needs; `process.stderr` fits. */
export interface ProgressStream {
  isTTY?: boolean
  columns?: number
  write(text: string): unknown
}

const TICK_MS = 1_000
const CLEAR_LINE = '\r\u001b[2K'

/** `now` is in milliseconds from any origin. */
export function createProgress(stream: ProgressStream, now: () => number): Progress {
  const redraw: { open: (() => void) | undefined } = { open: undefined }

  function line(text: string): void {
    if (stream.isTTY) stream.write(CLEAR_LINE)
    stream.write(`${text}\n`)
    redraw.open?.()
  }

  function step(title: string): Step {
    const startedMs = now()
    const seconds = () => `${((now() - startedMs) / 1_000).toFixed(1)} s`
    let detail = ''
    let open = true

    function draw(): void {
      const text = `… ${title}${detail && `: ${detail}`} (${seconds()})`
      stream.write(CLEAR_LINE + text.slice(0, (stream.columns ?? 80) - 1))
    }

    function end(mark: string, last: string): void {
      if (!open) return
      open = false
      if (timer !== undefined) clearInterval(timer)
      if (redraw.open === draw) redraw.open = undefined
      line(`${mark} ${title}${last && `: ${last}`} (${seconds()})`)
    }

    let timer: NodeJS.Timeout | undefined
    if (stream.isTTY) {
      redraw.open = draw
      draw()
      timer = setInterval(draw, TICK_MS).unref()
    } else {
      stream.write(`… ${title}\n`)
    }
    return {
      update(text) {
        detail = text
        if (open && stream.isTTY) draw()
      },
      done: (last = '') => end('✓', last),
      failed: (last = '') => end('✗', last),
    }
  }

  return { step, note: line }
}

export const progress = createProgress(process.stderr, () => performance.now())
