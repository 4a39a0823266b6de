import { describe, expect, it } from 'vitest'
import { parseLine, plainText, visible } from './ansi'

/** Payloads that were used against log viewers, and kin of them. The second is what a reader must see. */
const HOSTILE: [name: string, line: string, seen: string][] = [
  ['a script', '<script>alert(1)</script>', '<script>alert(1)</script>'],
  ['an image with a handler', '<img src=x onerror="alert(1)">', '<img src=x onerror="alert(1)">'],
  ['an entity', '&lt;b&gt; &#x3c;', '&lt;b&gt; &#x3c;'],
  ['OSC 52 (clipboard), BEL', 'a\x1b]52;c;cm0gLXJmIC8=\x07b', 'ab'],
  ['OSC 52 (clipboard), ST', 'a\x1b]52;c;cm0gLXJmIC8=\x1b\\b', 'ab'],
  ['OSC 8 (link)', '\x1b]8;;javascript:alert(1)\x1b\\click\x1b]8;;\x1b\\', 'click'],
  ['OSC 0 (title)', '\x1b]0;pwned\x07x', 'x'],
  ['OSC that never ends hides nothing', 'a\x1b]0;the rest', 'a␛]0;the rest'],
  ['DCS', 'a\x1bP+q544e\x1b\\b', 'ab'],
  ['APC', 'a\x1b_Gf=24;AAAA\x1b\\b', 'ab'],
  ['PM and SOS', 'a\x1b^x\x1b\\b\x1bXy\x1b\\c', 'abc'],
  ['a string cut short by another escape', 'a\x1b]0;x\x1b[31mred', 'ared'],
  ['cursor up and erase (fake lines)', 'ok\x1b[1A\x1b[2Kfake', 'okfake'],
  ['clear screen', '\x1b[2J\x1b[Hhello', 'hello'],
  ['alternate screen', '\x1b[?1049hhello', 'hello'],
  ['device attributes', '\x1b[>c\x1b[6nx', 'x'],
  ['full reset', 'a\x1bcb', 'ab'],
  ['charset', 'a\x1b(0b', 'ab'],
  ['a CSI that never ends', 'a\x1b[31', 'a␛[31'],
  ['a CSI with rubbish in it', 'a\x1b[3\x01mb', 'a␛[3␁mb'],
  ['a CSI of a kilobyte', `a\x1b[${'1;'.repeat(600)}mb`, `a␛[${'1;'.repeat(600)}mb`],
  ['ESC alone', 'a\x1b', 'a␛'],
  ['ESC ESC', '\x1b\x1b[0mx', '␛x'],
  ['NUL', 'a\0b', 'a␀b'],
  ['backspaces that overwrite', 'safe\b\b\b\bevil', 'safe␈␈␈␈evil'],
  ['carriage return that overwrites', 'evil\rsafe', 'evil␍safe'],
  ['the carriage return of a tty', 'hello\r', 'hello'],
  ['a line feed inside', 'a\nb', 'a␊b'],
  ['bell', 'a\x07b', 'a␇b'],
  ['delete', 'a\x7fb', 'a␡b'],
  ['C1 CSI', 'a\u009b31mb', 'a\\u{9B}31mb'],
  ['C1 OSC', 'a\u009d0;x\u009cb', 'a\\u{9D}0;x\\u{9C}b'],
  ['right-to-left override', 'user\u202Etxt.exe', 'user\\u{202E}txt.exe'],
  ['isolates', 'a\u2066b\u2069c', 'a\\u{2066}b\\u{2069}c'],
  ['marks', 'a\u200Eb\u200Fc\u061Cd', 'a\\u{200E}b\\u{200F}c\\u{61C}d'],
  ['zero width space and BOM', 'a\u200Bb\uFEFFc', 'a\\u{200B}b\\u{FEFF}c'],
  ['line and paragraph separator', 'a\u2028b\u2029c', 'a\\u{2028}b\\u{2029}c'],
  ['tag characters', 'a\u{E0041}b', 'a\\u{E0041}b'],
  ['a lone surrogate', 'a\uD800b', 'a\\u{D800}b'],
  ['fillers', 'a\u3164b\u115Fc', 'a\\u{3164}b\\u{115F}c'],
]

describe('a hostile line', () => {
  it.each(HOSTILE)('%s is seen for what it is', (_name, line, seen) => {
    expect(plainText(line)).toBe(seen)
    expect(
      parseLine(line)
        .map((span) => span.text)
        .join(''),
    ).toBe(seen)
  })

  it('leaves no control character, whatever bytes it is made of', () => {
    // A fixed generator, so that a failure can be repeated.
    let seed = 42
    const next = (n: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
      return seed % n
    }
    const alphabet = '\x1b[]P_^X\\;:0123456789mHJK?\x07\x9b\x9c\x9d\x00\u202e\ud83d\ude00\ud800aé漢 \t'
    const bad: string[] = []
    for (let round = 0; round < 5000; round += 1) {
      let line = ''
      for (let i = next(40); i >= 0; i -= 1) line += alphabet.charAt(next(alphabet.length))
      const seen = plainText(line)
      if (Array.from(seen).some((char) => visible(char.codePointAt(0) ?? 0) !== null)) bad.push(line)
    }
    expect(bad).toEqual([])
  })

  it('of a megabyte takes time in proportion, not to its square', () => {
    const small = '\x1b]x'.repeat(1000)
    const large = '\x1b]x'.repeat(20_000)
    expect(plainText(small).length).toBeLessThanOrEqual(small.length)
    expect(plainText(large).length).toBeLessThanOrEqual(large.length)
  })
})

describe('text of the world', () => {
  it.each(['héllo', '日志：正常', '👩‍💻 ok', 'नमस्ते', 'مرحبا', 'a\tb'])('%s stays as it is', (line) => {
    expect(plainText(line)).toBe(line)
  })
})

describe('colours', () => {
  const only = (line: string) => parseLine(line).map(({ text, style }) => [text, style?.fg ?? null, style?.bg ?? null])

  it('of the sixteen are obeyed', () => {
    expect(only('\x1b[31mred\x1b[0m plain \x1b[92;44mbright\x1b[m')).toEqual([
      ['red', 1, null],
      [' plain ', null, null],
      ['bright', 10, 4],
    ])
  })

  it('of the 256 and of RGB become the nearest of the sixteen', () => {
    expect(only('\x1b[38;5;196mx')).toEqual([['x', 9, null]])
    expect(only('\x1b[38;2;250;250;250mx')).toEqual([['x', 15, null]])
    expect(only('\x1b[38:2::0:200:0mx')).toEqual([['x', 2, null]])
    expect(only('\x1b[48;5;21;1mx')).toEqual([['x', null, 4]])
  })

  it('cannot hide text on its own ground, and conceal is not obeyed', () => {
    expect(only('\x1b[31;41mx')).toEqual([['x', 1, null]])
    expect(parseLine('\x1b[8mx')).toEqual([{ text: 'x', style: null, escape: false }])
  })

  it('come with bold, dim, italic, underline, strike and inverse', () => {
    const style = parseLine('\x1b[1;2;3;4;7;9mx')[0]?.style
    expect(style).toMatchObject({ bold: true, dim: true, italic: true, underline: true, strike: true, inverse: true })
    expect(parseLine('\x1b[1;3;4m\x1b[22;23;24mx')[0]?.style).toBeNull()
  })
})
