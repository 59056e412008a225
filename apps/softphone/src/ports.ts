/** The system says that another program has the port, in this error or in what caused it. */
export function portTaken(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ((at as NodeJS.ErrnoException).code === 'EADDRINUSE' || /EADDRINUSE/.test(at.message)) return true
  }
  return false
}

const portsToTry = 20

/** Opens something at this port, or at the next free one; at any port when all of those are taken. */
export async function openNear<T>(port: number, open: (port: number) => Promise<T>): Promise<T> {
  for (let next = port; next < port + portsToTry; next++) {
    try {
      return await open(next)
    } catch (error) {
      if (!portTaken(error)) throw error
    }
  }
  return open(0)
}
