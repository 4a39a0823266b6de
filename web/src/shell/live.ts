import { useEffect, useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { LiveFeed } from '@/api/feed'

/** One live connection for as long as the shell is shown. */
export function useLiveFeed(): LiveFeed {
  const client = useQueryClient()
  const [feed] = useState(() => new LiveFeed(client))
  useEffect(() => {
    feed.start()
    return () => feed.stop()
  }, [feed])
  return feed
}
