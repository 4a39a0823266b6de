import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { onSignedOut } from '@/api/http'
import { startPreferences } from '@/lib/preferences'
import { startStrictStyles } from '@/ui/strict-styles'
import { Toaster } from '@/ui'
import { makeClient, makeRouter } from '@/routes'
import './theme.css'

startStrictStyles()
startPreferences()

const client = makeClient()
const router = makeRouter(client)

onSignedOut(() => {
  const { pathname, href } = router.state.location
  if (pathname === '/sign-in' || pathname === '/setup') return
  client.clear()
  void router.navigate({ to: '/sign-in', search: href === '/' ? {} : { to: href } })
})

const place = document.getElementById('root')
if (place)
  createRoot(place).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
        <Toaster />
      </QueryClientProvider>
    </StrictMode>,
  )
