import { redirect } from '@tanstack/react-router'
import type { QueryClient } from '@tanstack/react-query'
import { ApiError } from '@/api/http'
import { queries } from '@/api/queries'

/** Lets only the signed-in pass; others go to sign in, or to set up a manager that has no administrator yet. */
export async function mustBeSignedIn(client: QueryClient, href: string) {
  try {
    await client.query({ ...queries.session(), staleTime: 'static' })
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error
    const { needed } = await client.query(queries.setup())
    if (needed) throw redirect({ to: '/setup' })
    throw redirect({ to: '/sign-in', search: href === '/' ? {} : { to: href } })
  }
}
