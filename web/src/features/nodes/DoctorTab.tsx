import { useQuery } from '@tanstack/react-query'
import { RotateCw, ShieldCheck } from 'lucide-react'
import { queries } from '@/api/queries'
import { Button, Card, EmptyState, ErrorState, SkeletonRows, Status, type Tone } from '@/ui'
import { worstFirst } from './model'
import { useText } from './text'

const TONE: Record<string, Tone> = { ok: 'ok', warning: 'warn', error: 'bad' }
/** What each severity is called; one that is newer than this page counts as a warning. */
const NAME: Partial<Record<string, 'severityOk' | 'severityWarning' | 'severityError'>> = { ok: 'severityOk', warning: 'severityWarning', error: 'severityError' }

/** What the agent's doctor finds on the host, asked now. */
export function DoctorTab({ id }: { id: string }) {
  const t = useText()
  const { data, error, refetch, isFetching } = useQuery({ ...queries.doctor(id), staleTime: 0 })
  const findings = worstFirst(data?.items ?? [])
  return (
    <Card
      flush
      title={t('tabDoctor')}
      aside={
        <Button size="small" look="quiet" icon={RotateCw} busy={isFetching} onClick={() => void refetch()}>
          {t('doctorRun')}
        </Button>
      }
    >
      {!data ? (
        error ? (
          <ErrorState compact error={error} onRetry={() => void refetch()} />
        ) : (
          <SkeletonRows />
        )
      ) : findings.length === 0 ? (
        <EmptyState compact icon={ShieldCheck} title={t('doctorGood')} />
      ) : (
        <ul className="divide-y">
          {findings.map(({ check, severity, saw, next }) => (
            <li key={check} className="grid gap-x-4 gap-y-1 px-4 py-3 text-sm md:grid-cols-[7rem_12rem_minmax(0,1fr)]">
              <Status tone={TONE[severity] ?? 'warn'} className="self-start">{t(NAME[severity] ?? 'severityWarning')}</Status>
              <span className="font-medium [overflow-wrap:anywhere]">{check}</span>
              <div className="min-w-0 [overflow-wrap:anywhere]">
                <p className="text-fg-soft">{saw}</p>
                {next !== '' && severity !== 'ok' && (
                  <p className="mt-1">
                    <span className="text-fg-faint">{t('next')}: </span>
                    {next}
                  </p>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
