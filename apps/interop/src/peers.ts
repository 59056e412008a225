import { spawnSync } from 'node:child_process'

/** A program that netsip is tested against, and the Debian packages that bring it. */
export interface Peer {
  readonly name: string
  readonly command: string
  readonly packages: readonly string[]
  /** Files that the command needs and that other packages than its own bring; patterns of the shell. */
  readonly files?: readonly string[]
}

/** Every peer of the interop suite. */
export const peers: readonly Peer[] = [
  { name: 'sipp', command: 'sipp', packages: ['sip-tester'] },
  { name: 'baresip', command: 'baresip', packages: ['baresip-core'] },
  {
    name: 'kamailio',
    command: 'kamailio',
    packages: ['kamailio', 'kamailio-tls-modules', 'kamailio-websocket-modules', 'kamailio-outbound-modules'],
    files: ['tls', 'websocket', 'outbound'].map((name) => `/usr/lib/*/kamailio/modules/${name}.so`),
  },
  { name: 'tshark', command: 'tshark', packages: ['tshark'] },
  { name: 'chromium', command: 'chromium', packages: ['chromium'] },
]

/** Whether the peer's command can be started from here, and all that it needs is there. */
export function isInstalled({ command, files = [] }: Peer): boolean {
  const checks = [`command -v ${command}`, ...files.map((pattern) => `ls ${pattern}`)]
  return spawnSync('sh', ['-c', checks.join(' && ')], { env: environment }).status === 0
}

/** PATH with the folders where Debian puts daemons, which a plain user's shell often lacks. */
export const environment: NodeJS.ProcessEnv = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` }

/** Installs the peers' packages with apt-get; returns what went wrong, or nothing. */
export function install(missing: readonly Peer[]): string | undefined {
  if (process.getuid?.() !== 0) return 'not root'
  const packages = missing.flatMap((peer) => peer.packages)
  const steps = [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', ...packages],
  ]
  for (const step of steps) {
    const { status, error, stderr } = spawnSync('apt-get', step, {
      env: { ...environment, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
      encoding: 'utf8',
    })
    if (status !== 0) return (error?.message ?? stderr.trim().split('\n').at(-1)) || `apt-get ${step[0]} failed`
  }
  return undefined
}
