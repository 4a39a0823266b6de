import { describe, expect, it } from 'vitest'
import { commandLine, readDetails } from './inspect'
import { foldable, toLines } from './json'
import { isSecretLike, readEnv } from './secrets'

describe('a secret-like variable', () => {
  it.each([
    ['POSTGRES_PASSWORD', 'x'],
    ['DB_PASS', 'x'],
    ['AWS_SECRET_ACCESS_KEY', 'x'],
    ['GITHUB_TOKEN', 'x'],
    ['api_key', 'x'],
    ['SSH_PRIVATE', 'x'],
    ['DATABASE_URL', 'postgres://u:p@db/x'],
    ['WHATEVER', '-----BEGIN RSA PRIVATE KEY-----'],
    ['X', 'eyJhbGciOi.eyJzdWIi.sig'],
    ['CI', 'glpat-abc'],
    ['AUTH', 'basic x'],
  ])('%s is hidden', (name, value) => {
    expect(isSecretLike(name, value)).toBe(true)
  })
  it.each([
    ['PATH', '/usr/bin'],
    ['POSTGRES_PASSWORD_FILE', '/run/secrets/pg'],
    ['AUTHOR', 'me'],
    ['PASSENGER_ROOT', '/srv'],
    ['DATABASE_URL', 'postgres://db/x'],
    ['KEYBOARD', 'de'],
    ['PASSWORD', ''],
  ])('%s is not', (name, value) => {
    expect(isSecretLike(name, value)).toBe(false)
  })
  it('is read with everything behind the first equals sign', () => {
    expect(readEnv(['B=1=2', 'A', 7])).toEqual([
      { name: 'A', value: '', secret: false },
      { name: 'B', value: '1=2', secret: false },
    ])
  })
})

describe('details', () => {
  it('are read from what the engine says', () => {
    const details = readDetails({
      Config: { Env: ['A=1'], Entrypoint: ['/x'], Cmd: ['a b'], WorkingDir: '/srv', Healthcheck: { Test: ['CMD', 'true'] } },
      HostConfig: { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 }, Privileged: true },
      State: { Health: { FailingStreak: 2, Log: [{ Output: 'old' }, { Output: 'no' }] } },
      NetworkSettings: { Networks: { demo: { IPAddress: '10.0.0.2', IPPrefixLen: 24, Aliases: ['web'] } } },
    })
    expect(details).toMatchObject({
      env: [{ name: 'A', value: '1' }],
      entrypoint: ['/x'],
      workingDir: '/srv',
      restartPolicy: 'on-failure:3',
      privileged: true,
      health: { command: ['CMD', 'true'], lastOutput: 'no', failingStreak: 2 },
    })
    expect(details.networks[0]).toMatchObject({ name: 'demo', address: '10.0.0.2/24', gateway: null, aliases: ['web'] })
  })

  it.each([null, 7, [], {}, { Config: 1, NetworkSettings: { Networks: { a: null } }, State: [] }])(
    'of rubbish are empty: %j',
    (rubbish) => {
      expect(readDetails(rubbish).env).toEqual([])
      expect(readDetails(rubbish).health).toBeNull()
    },
  )

  it('quote a command as one would type it', () => {
    expect(commandLine(['sh', '-c', "echo 'hi' > /tmp/x"])).toBe(`sh -c 'echo '\\''hi'\\'' > /tmp/x'`)
  })
})

describe('JSON lines', () => {
  const value = { a: [1, 'x', null], b: {}, c: { d: true } }
  const write = (folded: Set<string>) =>
    toLines(value, folded)
      .map(
        (l) =>
          `${' '.repeat(l.depth)}${l.key === null ? '' : `${JSON.stringify(l.key)}: `}${l.text}${l.folded ? `…${l.size}` : ''}${l.comma ? ',' : ''}`,
      )
      .join('\n')
  it('are the document when nothing is folded', () => {
    expect(JSON.parse(write(new Set()))).toEqual(value)
  })
  it('hide what is folded', () => {
    expect(write(new Set(['\0a', '\0c']))).toBe('{\n "a": […3,\n "b": {},\n "c": {…1\n}')
  })
  it('can all be folded', () => {
    expect(foldable(value)).toEqual(['\0a', '\0c'])
  })
})
