/** What a branch begins with when it names its transaction by itself (RFC 3261 8.1.1.7). */
export const MAGIC_COOKIE = 'z9hG4bK'
