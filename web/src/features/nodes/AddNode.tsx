import { useEffect, useState } from 'react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { CircleCheck, LoaderCircle, Plus, RotateCw } from 'lucide-react'
import { post } from '@/api/http'
import { keys } from '@/api/keys'
import { queries } from '@/api/queries'
import type { NewJoinToken, Node } from '@/api/types'
import { languageTag, useLanguage } from '@/lib/preferences'
import { Button, CopyLine, Dialog, ErrorState, Skeleton, useNow } from '@/ui'
import { newcomer } from './model'
import { useText } from './text'

export function AddNodeButton({ look = 'plain' }: { look?: 'plain' | 'primary' }) {
  const t = useText()
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button look={look} icon={Plus} onClick={() => setOpen(true)}>
        {t('add')}
      </Button>
      {open && <AddNodeDialog onClose={() => setOpen(false)} />}
    </>
  )
}

/** Makes a join token, shows its line, and waits for the node that uses it. */
function AddNodeDialog({ onClose }: { onClose: () => void }) {
  const t = useText()
  const client = useQueryClient()
  const navigate = useNavigate()
  const [known, setKnown] = useState<ReadonlySet<string> | null>(null)
  const nodes = useQuery({ ...queries.nodes(), refetchInterval: 3000 }).data?.items
  const make = useMutation({
    mutationFn: () => post<NewJoinToken>('/join-tokens'),
    onMutate: async () => {
      // Who is here before the line is shown; whoever comes after it is the one we wait for.
      const { items } = await client.query({ ...queries.nodes(), staleTime: 0 })
      setKnown(new Set(items.map(({ id }) => id)))
    },
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.joinTokens }),
  })
  const { mutate } = make
  useEffect(() => mutate(), [mutate])
  const came = known && nodes ? newcomer(nodes, known) : null
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && onClose()}
      title={t('add')}
      {...(came ? {} : { description: t('addLead') })}
      footer={
        came ? (
          <>
            <Button icon={Plus} onClick={() => mutate()}>
              {t('addAnother')}
            </Button>
            <Button
              look="primary"
              autoFocus
              onClick={() => {
                onClose()
                void navigate({ to: '/nodes/$id', params: { id: came.name } })
              }}
            >
              {t('addOpen')}
            </Button>
          </>
        ) : undefined
      }
    >
      {came ? (
        <Joined node={came} />
      ) : make.error ? (
        <ErrorState compact error={make.error} onRetry={() => mutate()} />
      ) : make.data ? (
        <Line made={make.data} onAgain={() => mutate()} />
      ) : (
        <Skeleton className="h-32 w-full" />
      )}
    </Dialog>
  )
}

function Line({ made, onAgain }: { made: NewJoinToken; onAgain: () => void }) {
  const t = useText()
  const tag = languageTag(useLanguage())
  const expires = new Date(made.token.expires)
  const expired = useNow() > expires.getTime()
  return (
    <div className="grid gap-4">
      <CopyLine text={made.command} label={t('addCopy')} />
      <p className="text-sm text-fg-faint">
        {t('addNeeds')}
        <br />
        {t('addExpires', { time: expires.toLocaleTimeString(tag, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }) })}
      </p>
      <div role="status" className="flex items-center gap-3 rounded-lg border border-dashed px-4 py-3">
        {expired ? (
          <>
            <p className="flex-1 text-sm">{t('addExpired')}</p>
            <Button icon={RotateCw} onClick={onAgain}>
              {t('addAgain')}
            </Button>
          </>
        ) : (
          <>
            <LoaderCircle className="size-5 shrink-0 animate-spin text-accent" aria-hidden />
            <div className="text-sm">
              <p className="font-medium">{t('addWaiting')}</p>
              <p className="text-fg-faint">{t('addWaitingHint')}</p>
            </div>
          </>
        )}
      </div>
    </div>
  )
}

function Joined({ node }: { node: Node }) {
  const t = useText()
  return (
    <div role="status" className="flex flex-col items-center py-8 text-center">
      <span className="mb-4 flex size-16 animate-celebrate items-center justify-center rounded-full bg-ok-soft text-ok">
        <CircleCheck className="size-8" aria-hidden />
      </span>
      <p className="text-lg font-semibold">{t('addDone', { name: node.name })}</p>
      <p className="mt-1 text-sm text-fg-faint">{t('addDoneHint', { n: node.containers_total })}</p>
    </div>
  )
}
