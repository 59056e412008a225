/** True when `pnpm interop` found no way to install this peer and has said so; never in CI. */
export function isMissing(peer: string): boolean {
  return (process.env['NETSIP_INTEROP_MISSING'] ?? '').split(',').includes(peer)
}
