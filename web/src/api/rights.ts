import { useQuery } from '@tanstack/react-query'
import { queries } from '@/api/queries'
import type { Role } from '@/api/types'

/** What the page offers or hides. The manager decides by itself, in manager/src/access/role.rs; this table follows it. */
export type Action = 'look' | 'readLogs' | 'openShell' | 'manageNodes' | 'readAudit'

export function allows(role: Role, action: Action): boolean {
  switch (action) {
    case 'look':
      return true
    case 'readLogs':
    case 'openShell':
      return role !== 'viewer'
    case 'manageNodes':
    case 'readAudit':
      return role === 'admin'
  }
}

/** Whether who is signed in may do this. */
export function useMay(action: Action): boolean {
  const { data } = useQuery(queries.session())
  return data !== undefined && allows(data.user.role, action)
}
