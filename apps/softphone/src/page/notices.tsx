import { useEffect, useState, type ReactNode } from 'react'
import type { Notice } from './phone-socket.ts'
import { useStore, type Store } from './store.ts'

const shownMs = 6000

/** Tells in passing what did not work. */
export function Notices({ store }: { store: Store<Notice | undefined> }): ReactNode {
  const notice = useStore(store)
  const [gone, setGone] = useState(0)
  const id = notice?.id ?? 0
  useEffect(() => {
    const timer = setTimeout(() => setGone(id), shownMs)
    return () => clearTimeout(timer)
  }, [id])
  return (
    <div className="notices" role="alert">
      {notice && gone < id && <p>{notice.text}</p>}
    </div>
  )
}
