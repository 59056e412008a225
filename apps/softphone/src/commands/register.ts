import { failureOf, report } from '../terminal/failure.ts'
import type { Io } from '../terminal/io.ts'
import type { SharedOptions } from '../options.ts'
import { Output } from '../terminal/output.ts'
import { Interrupts, pause } from '../terminal/signals.ts'
import { openStation, register, type Station, unregisteredCode } from '../calls/station.ts'

/** `softphone register`: registers and stays so until Ctrl+C or `--duration`: then 0, 1 when the registration fails, 130 for Ctrl+C before it. */
export async function registerCommand(options: SharedOptions & { aor: string }, io: Io): Promise<number> {
  const output = new Output(io, options)
  using interrupts = new Interrupts(io)
  let station: Station
  try {
    station = await openStation(options, output)
  } catch (error) {
    report(output, failureOf(error, { what: `the registration of ${options.aor}` }))
    return 1
  }
  try {
    const outcome = await register(station, options, output, interrupts.signal)
    if (outcome !== 'registered') return unregisteredCode[outcome]
    if (options.duration === undefined) await interrupts.interrupted
    else await pause(options.duration * 1000, interrupts.signal)
    return 0
  } finally {
    await station.close()
  }
}
