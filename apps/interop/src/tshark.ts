import { spawnSync } from 'node:child_process'
import { environment } from './peers.ts'
import { Child } from './child.ts'

const RTP = ['-o', 'rtp.heuristic_rtp:TRUE', '-o', 'tcp.desegment_tcp_streams:TRUE']

/** Starts a capture of these ports on the loopback; resolves once packets are being taken. */
export async function capture(file: string, filter: string): Promise<Child> {
  const tshark = new Child('tshark', ['-q', '-i', 'lo', '-f', filter, '-w', file])
  await tshark.line((line) => line.includes('Capture started') || line.includes('Capturing on'))
  return tshark
}

/** Frames of a capture that a display filter picks, one line each of the fields asked for. */
export function frames(
  file: string,
  filter: string,
  fields: readonly string[],
  decodeAs: readonly string[] = [],
): string[] {
  const as = decodeAs.flatMap((rule) => ['-d', rule])
  const wanted = fields.flatMap((field) => ['-e', field])
  const run = spawnSync('tshark', ['-r', file, ...RTP, ...as, '-Y', filter, '-T', 'fields', ...wanted], {
    encoding: 'utf8',
    env: environment,
  })
  if (run.status !== 0) throw new Error(`tshark cannot read ${file}: ${run.stderr}`)
  return run.stdout.split('\n').filter(Boolean)
}
