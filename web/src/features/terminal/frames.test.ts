import { describe, expect, it } from 'vitest'
import { commandOf, exitReason, readOutput, readStatus, resizeMessage, splitCommand, startMessage } from './frames'

describe('the first message', () => {
  it('asks for a shell that the container has when nothing is chosen', () => {
    expect(JSON.parse(startMessage({ shell: 'auto', command: 'ignored', user: ' root ' }, { columns: 80.7, rows: 24 }))).toEqual({
      kind: 'start',
      command: [],
      tty: true,
      user: 'root',
      env: ['TERM=xterm-256color'],
      working_dir: '',
      columns: 80,
      rows: 24,
    })
  })

  it('never names a size that no terminal has', () => {
    expect(JSON.parse(resizeMessage({ columns: NaN, rows: 0 }))).toEqual({ kind: 'resize', columns: 2, rows: 1 })
    expect(JSON.parse(resizeMessage({ columns: 1e9, rows: -4 }))).toEqual({ kind: 'resize', columns: 1000, rows: 1 })
  })
})

describe('a command line', () => {
  it.each<[string, string[]]>([
    ['ls -la /tmp', ['ls', '-la', '/tmp']],
    ['  sh  -c "echo \'a b\'; exit 3" ', ['sh', '-c', "echo 'a b'; exit 3"]],
    [`sh -c 'echo "$HOME"'`, ['sh', '-c', 'echo "$HOME"']],
    ['a\\ b "c\\"d" \'e\\f\'', ['a b', 'c"d', 'e\\f']],
    ['""', ['']],
    ['', []],
    ['open "quote', ['open', 'quote']],
  ])('%s', (line, words) => {
    expect(splitCommand(line)).toEqual(words)
    expect(commandOf({ shell: 'custom', command: line, user: '' })).toEqual(words)
  })
})

describe('a message of the shell', () => {
  it('in binary is output of the stream that its first byte names', () => {
    expect(readOutput(new Uint8Array([1, 104, 105]).buffer)).toEqual({ stream: 'stdout', bytes: new Uint8Array([104, 105]) })
    expect(readOutput(new Uint8Array([2, 0xff]).buffer)).toEqual({ stream: 'stderr', bytes: new Uint8Array([0xff]) })
    expect(readOutput(new Uint8Array([3, 1]).buffer)).toBeNull()
    expect(readOutput(new ArrayBuffer(0))).toBeNull()
  })

  it('in text is its state', () => {
    expect(readStatus('{"kind":"started"}')).toEqual({ kind: 'started' })
    expect(readStatus('{"kind":"exited","code":137}')).toEqual({ kind: 'exited', code: 137 })
    expect(readStatus('{"kind":"failed","problem":{"code":"owner_forbids"}}')).toMatchObject({ kind: 'failed' })
  })

  it.each(['', 'null', '[]', '{"kind":"exited"}', '{"kind":"failed"}', '{"kind":"later"}'])(
    'that is none is left aside: %s',
    (text) => {
      expect(readStatus(text)).toBeNull()
    },
  )
})

describe('an exit code', () => {
  it('says why where it can', () => {
    expect([0, 1, 126, 127, 130, 137].map(exitReason)).toEqual([
      'done',
      'failed',
      'not_executable',
      'not_found',
      'interrupted',
      'killed',
    ])
  })
})
