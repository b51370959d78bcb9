import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'

/** What this process had used up when an event came. */
export interface Mark {
  readonly event: string
  readonly stage: string
  /** Monotonic, seconds. */
  readonly at: number
  readonly cpu_seconds: number
  readonly bytes_read: number
  readonly bytes_written: number
}

interface StageEvent {
  readonly stage: string
}

/**
 * Listens to the stages of a run in this process and asks the kernel, at each beginning and end, what the process has used so far.
 * A stage lies between its two marks, so whatever it says it used was at most what lies between them.
 */
export class StageWatch {
  readonly marks: Mark[] = []
  readonly listeners = {
    'stage:start': (event: StageEvent) => this.mark('start', event.stage),
    'stage:end': (event: StageEvent) => this.mark('end', event.stage),
  }

  /** From the beginning of `first` to the end of `last`. */
  between(first: string, last = first): Mark & { readonly seconds: number } {
    const [a, b] = [this.find('start', first), this.find('end', last)]
    return {
      ...b,
      seconds: b.at - a.at,
      cpu_seconds: b.cpu_seconds - a.cpu_seconds,
      bytes_read: b.bytes_read - a.bytes_read,
      bytes_written: b.bytes_written - a.bytes_written,
    }
  }

  private find(event: string, stage: string): Mark {
    const mark = this.marks.find(m => m.event === event && m.stage === stage)
    if (!mark) throw new Error(`no ${event} of ${stage} was heard`)
    return mark
  }

  private mark(event: string, stage: string): void {
    const { user, system } = process.cpuUsage()
    const io = readFileSync('/proc/self/io', 'utf8')
    const counter = (name: string) => Number(new RegExp(`${name}: (\\d+)`).exec(io)?.[1])
    this.marks.push({
      event,
      stage,
      at: performance.now() / 1000,
      cpu_seconds: (user + system) / 1e6,
      bytes_read: counter('rchar'),
      bytes_written: counter('wchar'),
    })
  }
}

/** The machine by the kernel's own files. */
export function readMachine(): { readonly cores: number; readonly memory: number } {
  const cores = readFileSync('/proc/cpuinfo', 'utf8').match(/^processor\s*:/gm)?.length ?? 0
  const memory =
    Number(/^MemTotal: +(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) * 1024
  return { cores, memory }
}
