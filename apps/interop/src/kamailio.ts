import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createSocket } from 'node:dgram'
import { Child } from './child.ts'
import { freePort } from './ports.ts'

/** User names and passwords Kamailio knows. */
export const accounts = { alice: 'wonderland', bob: 'builder' } as const

/** A Kamailio of our own: registrar and record-routing proxy with digest, on one UDP and TCP port of 127.0.0.1. */
export class Kamailio implements AsyncDisposable {
  readonly port: number
  readonly #child: Child

  private constructor(port: number, child: Child) {
    this.port = port
    this.#child = child
  }

  static async start(): Promise<Kamailio> {
    const folder = mkdtempSync(join(tmpdir(), 'netsip-kamailio-'))
    const port = await freePort()
    const file = join(folder, 'kamailio.cfg')
    writeFileSync(file, configuration(port))
    const child = new Child('kamailio', ['-DD', '-E', '-f', file, '-w', folder, '-Y', folder, '-m', '64', '-M', '8'])
    await answersOptions(port, child)
    return new Kamailio(port, child)
  }

  get output(): string {
    return this.#child.output
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stop('SIGTERM')
  }
}

async function answersOptions(port: number, child: Child): Promise<void> {
  const socket = createSocket('udp4')
  const answered = new Promise<void>((resolve) => socket.once('message', () => resolve()))
  socket.on('error', () => {})
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const own = socket.address().port
  try {
    for (let attempt = 0; attempt < 100; attempt++) {
      const probe = [
        `OPTIONS sip:127.0.0.1:${port} SIP/2.0`,
        `Via: SIP/2.0/UDP 127.0.0.1:${own};branch=z9hG4bKprobe${attempt}`,
        'Max-Forwards: 5',
        'From: <sip:probe@127.0.0.1>;tag=probe',
        `To: <sip:127.0.0.1:${port}>`,
        `Call-ID: probe${attempt}`,
        'CSeq: 1 OPTIONS',
        'Content-Length: 0',
        '\r\n',
      ].join('\r\n')
      socket.send(probe, port, '127.0.0.1')
      if (await Promise.race([answered.then(() => true), wait(100, false)])) return
    }
  } finally {
    socket.close()
  }
  await child.stop('SIGTERM')
  throw new Error(`kamailio does not answer:\n${child.output}`)
}

function configuration(port: number): string {
  const modules = [
    'jsonrpcs',
    'kex',
    'corex',
    'tm',
    'tmx',
    'sl',
    'rr',
    'pv',
    'maxfwd',
    'usrloc',
    'registrar',
    'textops',
    'siputils',
    'xlog',
    'sanity',
    'htable',
    'auth',
  ]
  return `#!KAMAILIO
debug=0
log_stderror=yes
fork=yes
children=1
tcp_children=1
auto_aliases=no
dns=no
rev_dns=no
listen=udp:127.0.0.1:${port}
listen=tcp:127.0.0.1:${port}
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/:/usr/lib/aarch64-linux-gnu/kamailio/modules/"
${modules.map((name) => `loadmodule "${name}.so"`).join('\n')}
modparam("jsonrpcs", "transport", 0)
modparam("rr", "enable_full_lr", 1)
modparam("registrar", "max_expires", 3600)
modparam("registrar", "min_expires", 5)
modparam("usrloc", "db_mode", 0)
modparam("auth", "nonce_expire", 300)
modparam("auth", "qop", "auth")
modparam("htable", "htable", "users=>size=8;")

event_route[htable:mod-init] {
${Object.entries(accounts)
  .map(([user, password]) => `  $sht(users=>${user}) = "${password}";`)
  .join('\n')}
}

request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (!sanity_check("17895", "7")) { exit; }
  force_rport();
  if (is_method("CANCEL")) { if (t_check_trans()) { t_relay(); } exit; }
  if (has_totag()) {
    if (loose_route()) { t_relay(); exit; }
    if (is_method("ACK")) { if (t_check_trans()) { t_relay(); } exit; }
    sl_send_reply("404", "Not here"); exit;
  }
  if (is_method("OPTIONS") && $rU == $null) { sl_send_reply("200", "OK"); exit; }
  if (is_method("REGISTER")) {
    if ($au == $null || !pv_www_authenticate("$td", "$sht(users=>$au)", "0")) { www_challenge("$td", "1"); exit; }
    if ($au != $tU) { sl_send_reply("403", "Not your AOR"); exit; }
    if (!save("location", "0x04")) { sl_reply_error(); }
    exit;
  }
  if (!is_method("ACK")) {
    if ($au == $null || !pv_proxy_authenticate("$fd", "$sht(users=>$au)", "0")) { proxy_challenge("$fd", "1"); exit; }
    consume_credentials();
  }
  remove_hf("Route");
  if (is_method("INVITE")) { record_route(); }
  if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
  if (!t_relay()) { sl_reply_error(); }
}
`
}
