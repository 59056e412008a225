import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createSocket } from 'node:dgram'
import { loopbackCertificate as certificate, loopbackKey as privateKey } from '@netsip/transport/testing'
import { Child } from './child.ts'
import { freePort } from './ports.ts'
import { scratchFolder } from './scratch.ts'

/** User names and passwords Kamailio knows. */
export const accounts = { alice: 'wonderland', bob: 'builder' } as const

/** What a Kamailio is started with. */
export interface KamailioOptions {
  /** The algorithm of its challenges; default MD5. */
  readonly algorithm?: 'MD5' | 'SHA-256'
  /** Outbound (RFC 5626): several flows of a user, each with this Flow-Timer in seconds. Default: one contact of a user. */
  readonly flowTimer?: number
}

/**
 * A Kamailio of our own on 127.0.0.1: registrar and record-routing proxy with digest. One port for UDP, TCP and WS, another
 * for TLS and WSS.
 */
export class Kamailio implements AsyncDisposable {
  readonly port: number
  readonly tlsPort: number
  readonly #child: Child

  private constructor(port: number, tlsPort: number, child: Child) {
    this.port = port
    this.tlsPort = tlsPort
    this.#child = child
  }

  static async start({ algorithm = 'MD5', flowTimer }: KamailioOptions = {}): Promise<Kamailio> {
    const folder = scratchFolder('kamailio')
    const [port, tlsPort] = [await freePort(), await freePort()]
    const file = join(folder, 'kamailio.cfg')
    writeFileSync(join(folder, 'cert.pem'), certificate)
    writeFileSync(join(folder, 'key.pem'), privateKey)
    writeFileSync(file, configuration({ port, tlsPort, folder, algorithm, flowTimer }))
    const child = new Child('kamailio', ['-DD', '-E', '-f', file, '-w', folder, '-Y', folder, '-m', '64', '-M', '8'])
    await answersOptions(port, child)
    return new Kamailio(port, tlsPort, child)
  }

  /** Where it listens for a transport, as a registrar or a proxy. */
  uri(transport: string): string {
    const port = transport === 'tls' || transport === 'wss' ? this.tlsPort : this.port
    return `sip:127.0.0.1:${port};transport=${transport}`
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

interface Configured {
  readonly port: number
  readonly tlsPort: number
  readonly folder: string
  readonly algorithm: string
  readonly flowTimer: number | undefined
}

function configuration({ port, tlsPort, folder, algorithm, flowTimer }: Configured): string {
  const modules = [
    'tls',
    'jsonrpcs',
    'kex',
    'corex',
    'tm',
    'tmx',
    'sl',
    ...(flowTimer === undefined ? [] : ['outbound', 'stun']),
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
    'xhttp',
    'websocket',
    'nathelper',
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
listen=tls:127.0.0.1:${tlsPort}
enable_tls=yes
tcp_accept_no_cl=yes
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/:/usr/lib/aarch64-linux-gnu/kamailio/modules/"
${modules.map((name) => `loadmodule "${name}.so"`).join('\n')}
modparam("tls", "certificate", "${folder}/cert.pem")
modparam("tls", "private_key", "${folder}/key.pem")
modparam("tls", "tls_method", "TLSv1.2+")
modparam("jsonrpcs", "transport", 0)
modparam("nathelper|registrar", "received_avp", "$avp(RECEIVED)")
modparam("rr", "enable_full_lr", 1)
modparam("registrar", "max_expires", 3600)
modparam("registrar", "min_expires", 5)
${flowTimer === undefined ? '' : `modparam("registrar", "outbound_mode", 1)\nmodparam("registrar", "flow_timer", ${flowTimer})`}
modparam("usrloc", "db_mode", 0)
modparam("auth", "nonce_expire", 300)
modparam("auth", "qop", "auth")
modparam("auth", "algorithm", "${algorithm === 'MD5' ? '' : algorithm}")
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
  # over anything but UDP a phone is reached on the connection that it opened, and nowhere else
  if (proto != UDP && !is_method("REGISTER")) { add_contact_alias(); }
  if (is_method("CANCEL")) { if (t_check_trans()) { t_relay(); } exit; }
  if (has_totag()) {
    if (loose_route()) {
      if ($du == $null) { handle_ruri_alias(); }
      t_on_reply("CONNECTION");
      t_relay();
      exit;
    }
    if (is_method("ACK")) { if (t_check_trans()) { t_relay(); } exit; }
    sl_send_reply("404", "Not here"); exit;
  }
  if (is_method("OPTIONS") && $rU == $null) { sl_send_reply("200", "OK"); exit; }
  if (is_method("REGISTER")) {
    if ($au == $null || !pv_www_authenticate("$td", "$sht(users=>$au)", "0")) { www_challenge("$td", "1"); exit; }
    if ($au != $tU) { sl_send_reply("403", "Not your AOR"); exit; }
    if (proto != UDP) { fix_nated_register(); }
    if (!save("location", "${flowTimer === undefined ? '0x04' : '0x00'}")) { sl_reply_error(); }
    exit;
  }
  if (!is_method("ACK")) {
    if ($au == $null || !pv_proxy_authenticate("$fd", "$sht(users=>$au)", "0")) { proxy_challenge("$fd", "1"); exit; }
    consume_credentials();
  }
  remove_hf("Route");
  if (is_method("INVITE")) { record_route(); }
  if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
  t_on_reply("CONNECTION");
  if (!t_relay()) { sl_reply_error(); }
}

onreply_route[CONNECTION] { if (proto != UDP) { add_contact_alias(); } }

event_route[xhttp:request] {
  set_reply_close();
  set_reply_no_connect();
  if ($hdr(Upgrade) =~ "websocket" && $rm == "GET" && ws_handle_handshake()) { exit; }
  xhttp_reply("404", "Not Found", "", "");
}
`
}
