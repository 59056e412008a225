import type { DigestAlgorithm, DigestHash, DigestVerifierOptions, Secret } from '@netsip/auth'
import { SipError } from '@netsip/runtime'

/**
 * What proves a user: a password, or H(username:realm:password) of one hash or of several, as `digestHa1` of `@netsip/auth`
 * gives it, so that nobody has to keep the password (RFC 7616 3.4.2). The realm is the first domain of the server.
 */
export type Account = string | Secret | readonly Secret[]

const DEFAULT_ALGORITHMS: readonly DigestAlgorithm[] = ['SHA-256', 'MD5']
const HEX_DIGITS: Readonly<Record<string, number>> = { MD5: 32, 'SHA-256': 64, 'SHA-512-256': 64 }

/** The users of a server by name, looked up as they are now: who is added later may register, too. */
export class Accounts {
  readonly #accounts: Readonly<Record<string, Account>>

  /** @throws {SipError} `ERR_SIP_ARGUMENT` for what looks like accounts from afar, and would let nobody in. */
  constructor(accounts: Readonly<Record<string, Account>>) {
    if (accounts instanceof Map) refuse("'accounts' is an object, no Map: { alice: 'secret' }")
    this.#accounts = accounts
    const wrong = Object.entries(accounts).find(([, account]) => !isAccount(account))
    if (wrong)
      refuse(`'accounts' has a password as text, or { ha1, algorithm }, for each user; not so for '${wrong[0]}'`)
  }

  /** Own names only: "constructor" is nobody's password. */
  has(user: string): boolean {
    return Object.hasOwn(this.#accounts, user)
  }

  /** What proves a user to a client that answers with this hash. */
  readonly lookup: DigestVerifierOptions['lookup'] = (user, _realm, hash) =>
    this.#secretsOf(user).find((secret) => serves(secret, hash))

  /**
   * What may be offered: a client answers the first challenge it knows (RFC 8760 2.4), so that a user who has no digest of an
   * algorithm could not get in wherever it is offered.
   *
   * @param wanted what must be offered; without it, SHA-256 and MD5 as far as all users have them.
   * @throws {SipError} `ERR_SIP_ARGUMENT` when a user has no digest of what is wanted, or all have none in common.
   */
  offered(wanted: readonly DigestAlgorithm[] | undefined): readonly DigestAlgorithm[] {
    const lacking = wanted?.find((algorithm) => !this.#allServe(algorithm))
    if (lacking !== undefined)
      refuse(
        `'accounts' has neither a password nor a digest of ${hashOf(lacking)} for each user, and '${lacking}' is offered`,
      )
    if (wanted !== undefined) return wanted
    const common = DEFAULT_ALGORITHMS.filter((algorithm) => this.#allServe(algorithm))
    return common.length > 0 ? common : refuse("'accounts' has no digest of SHA-256 for all users, nor one of MD5")
  }

  #allServe(algorithm: DigestAlgorithm): boolean {
    return Object.keys(this.#accounts).every((user) =>
      this.#secretsOf(user).some((secret) => serves(secret, hashOf(algorithm))),
    )
  }

  #secretsOf(user: string): readonly Secret[] {
    const account = this.has(user) ? this.#accounts[user] : undefined
    return account === undefined ? [] : secretsOf(account)
  }
}

function secretsOf(account: Account): readonly Secret[] {
  if (typeof account === 'string') return [{ password: account }]
  return 'length' in account ? account : [account]
}

function isAccount(account: unknown): boolean {
  if (Array.isArray(account)) return account.length > 0 && account.every(isSecret)
  return typeof account === 'string' || isSecret(account)
}

function isSecret(secret: unknown): boolean {
  const { password, ha1, algorithm } = Object(secret) as Record<string, unknown>
  if (password !== undefined) return typeof password === 'string'
  return typeof ha1 === 'string' && /^[0-9a-f]+$/i.test(ha1) && HEX_DIGITS[String(algorithm)] === ha1.length
}

function serves(secret: Secret, hash: DigestHash): boolean {
  return 'password' in secret || secret.algorithm === hash
}

function hashOf(algorithm: DigestAlgorithm): DigestHash {
  return algorithm.replace(/-sess$/, '') as DigestHash
}

function refuse(why: string): never {
  throw new SipError('ERR_SIP_ARGUMENT', `createServer: ${why}`)
}
