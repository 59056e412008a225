/** What every record may say. */
interface DnsRecord {
  /** Seconds that it may be remembered, if known. */
  ttl?: number
}

/** A NAPTR record (RFC 3403), as far as RFC 3263 looks at it. */
export interface NaptrRecord extends DnsRecord {
  order: number
  preference: number
  flags: string
  /** Such as `SIP+D2U`. */
  service: string
  regexp: string
  replacement: string
}

/** An SRV record (RFC 2782). */
export interface SrvRecord extends DnsRecord {
  priority: number
  weight: number
  port: number
  /** Where the service is; `.` or empty: there is none. */
  target: string
}

/** An address of a name. */
export interface AddressRecord extends DnsRecord {
  /** Numeric. */
  address: string
}

/**
 * Asks the DNS. Each query gives an empty list when the name or the kind of record does not exist, and rejects when no
 * answer could be had.
 */
export interface DnsClient {
  naptr(name: string): Promise<readonly NaptrRecord[]>
  srv(name: string): Promise<readonly SrvRecord[]>
  ipv4(name: string): Promise<readonly AddressRecord[]>
  ipv6(name: string): Promise<readonly AddressRecord[]>
  /** Addresses of names that are not to be asked of the DNS, such as those of the hosts file. */
  local?(name: string): readonly string[] | undefined
  /** Which addresses to try first; default those of IPv4. */
  prefersIpv6?(): boolean
}
