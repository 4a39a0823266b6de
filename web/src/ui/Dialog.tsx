import { useState, type ReactNode } from 'react'
import { Dialog as Radix } from 'radix-ui'
import { X } from 'lucide-react'
import { cx } from '@/lib/cx'
import { Button, IconButton } from './Button'
import { Field, Input } from './Field'
import { ErrorNotice } from './states'
import { useText } from './text'

export interface DialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: ReactNode
  description?: ReactNode
  children: ReactNode
  footer?: ReactNode
  wide?: boolean
}

export function Dialog({ open, onOpenChange, title, description, children, footer, wide = false }: DialogProps) {
  const t = useText()
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-fade bg-black/45" />
        <Radix.Content
          {...(description === undefined ? { 'aria-describedby': undefined } : {})}
          className={cx(
            'fixed z-50 flex max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] animate-rise flex-col overflow-hidden rounded-xl border bg-raised shadow-float outline-none',
            'inset-x-0 top-4 mx-auto sm:top-[12vh] sm:max-h-[76vh]',
            wide ? 'max-w-2xl' : 'max-w-md',
          )}
        >
          <header className="flex items-start gap-3 px-5 pt-4 pb-3">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-lg font-semibold [overflow-wrap:anywhere]">{title}</Radix.Title>
              {description !== undefined && <Radix.Description className="mt-1 text-sm text-fg-soft">{description}</Radix.Description>}
            </div>
            <Radix.Close asChild>
              <IconButton size="small" icon={X} label={t('close')} className="-mr-1.5" />
            </Radix.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 pb-5">{children}</div>
          {footer !== undefined && <footer className="flex flex-wrap justify-end gap-2 border-t bg-surface px-5 py-3">{footer}</footer>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

export interface ConfirmProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: ReactNode
  children: ReactNode
  /** What the button says: the deed, not "OK". */
  action: string
  /** When given, the reader has to type it first. */
  typed?: string
  danger?: boolean
  /** Rejects with what to show; the dialog closes itself when it is done. */
  onConfirm: () => Promise<unknown>
}

/** Asks before something that cannot be taken back. */
export function Confirm({ open, onOpenChange, title, children, action, typed, danger = true, onConfirm }: ConfirmProps) {
  const t = useText()
  const [text, setText] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const change = (next: boolean) => {
    if (!next) {
      setText('')
      setError(null)
    }
    onOpenChange(next)
  }
  const confirm = async () => {
    setBusy(true)
    setError(null)
    try {
      await onConfirm()
      change(false)
    } catch (reason) {
      setError(reason)
    } finally {
      setBusy(false)
    }
  }
  const ready = typed === undefined || text === typed
  return (
    <Dialog
      open={open}
      onOpenChange={change}
      title={title}
      footer={
        <>
          <Button onClick={() => change(false)}>{t('cancel')}</Button>
          <Button look={danger ? 'danger' : 'primary'} busy={busy} disabled={!ready} onClick={() => void confirm()}>
            {action}
          </Button>
        </>
      }
    >
      <form
        className="grid gap-4 text-sm text-fg-soft"
        onSubmit={(event) => {
          event.preventDefault()
          if (ready && !busy) void confirm()
        }}
      >
        <div className="grid gap-2">{children}</div>
        {typed !== undefined && (
          <Field label={t('confirmTyping', { text: typed })}>
            {(wiring) => <Input {...wiring} value={text} onChange={(event) => setText(event.target.value)} autoComplete="off" spellCheck={false} autoFocus />}
          </Field>
        )}
        {error !== null && <ErrorNotice error={error} />}
      </form>
    </Dialog>
  )
}
