import { afterEach, describe, expect, test, vi } from 'vitest'
import { cleanup, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { Box } from 'lucide-react'
import { CommandPalette, rank, type Command } from './CommandPalette'
import { Confirm } from './Dialog'
import { sparkPath } from './Sparkline'
import { Table, type Column } from './Table'

afterEach(cleanup)

const command = (name: string, group = 'Containers', run = () => undefined): Command => ({ id: name, group, name, icon: Box, run })

describe('the command palette', () => {
  test('keeps each group together and puts the best one first', () => {
    const found = rank([command('shop_web.1'), command('web', 'Services'), command('cobweb.2'), command('db')], 'web')
    expect(found.map(({ name }) => name)).toEqual(['web', 'shop_web.1', 'cobweb.2'])
  })

  test('runs what the arrow keys chose', async () => {
    const run = vi.fn()
    const onOpenChange = vi.fn()
    render(<CommandPalette open onOpenChange={onOpenChange} label="Search" empty="nothing" commands={[command('alpha'), command('beta', 'Containers', run), command('gamma')]} />)
    await userEvent.type(screen.getByRole('combobox'), '{ArrowDown}{Enter}')
    expect(run).toHaveBeenCalledOnce()
    expect(onOpenChange).toHaveBeenCalledWith(false)
  })

  test('says so when nothing fits', async () => {
    render(<CommandPalette open onOpenChange={() => undefined} label="Search" empty="nothing" commands={[command('alpha')]} />)
    await userEvent.type(screen.getByRole('combobox'), 'zzz')
    expect(await screen.findByText('nothing')).toBeTruthy()
  })
})

describe('a confirmation with typing', () => {
  test('is possible only after the very words, and stays with the reason when it fails', async () => {
    const onConfirm = vi.fn(() => Promise.reject(new Error('the node is busy')))
    const onOpenChange = vi.fn()
    render(
      <Confirm open onOpenChange={onOpenChange} title="Remove?" action="Remove" typed="node-1" onConfirm={onConfirm}>
        sure?
      </Confirm>,
    )
    const button = screen.getByRole<HTMLButtonElement>('button', { name: 'Remove' })
    await userEvent.type(screen.getByRole('textbox'), 'node-')
    expect(button.disabled).toBe(true)
    await userEvent.type(screen.getByRole('textbox'), '1')
    expect(button.disabled).toBe(false)
    await userEvent.click(button)
    expect(await screen.findByText('the node is busy')).toBeTruthy()
    expect(onOpenChange).not.toHaveBeenCalled()
  })
})

describe('a table', () => {
  const columns: Column<{ name: string; size: number }>[] = [
    { id: 'name', header: 'Name', accessorFn: ({ name }) => name, cell: ({ row }) => row.original.name },
    { id: 'size', header: 'Size', accessorFn: ({ size }) => size, cell: ({ row }) => row.original.size },
  ]
  const names = () => screen.getAllByRole('row').slice(1).map((row) => row.querySelector('td')?.textContent)

  test('sorts by a column when its head is pressed, and says so', async () => {
    render(<Table label="things" rows={[{ name: 'b', size: 1 }, { name: 'a', size: 3 }, { name: 'c', size: 2 }]} columns={columns} rowId={({ name }) => name} sort={[{ id: 'name', desc: false }]} />)
    expect(names()).toEqual(['a', 'b', 'c'])
    await userEvent.click(screen.getByRole('button', { name: 'Size' }))
    expect(names()).toEqual(['b', 'c', 'a'])
    expect(screen.getByRole('columnheader', { name: /Size/ }).getAttribute('aria-sort')).toBe('ascending')
  })

  test('shows what to say when it is empty', () => {
    render(<Table label="things" rows={[]} columns={columns} rowId={({ name }) => name} empty={<p>none yet</p>} />)
    expect(screen.getByText('none yet')).toBeTruthy()
  })

  test('of many rows keeps only those in sight in the page, and still says how many there are', () => {
    const rows = Array.from({ length: 5000 }, (_, size) => ({ name: `row ${size}`, size }))
    render(<Table label="things" rows={rows} columns={columns} rowId={({ name }) => name} />)
    expect(screen.getByRole('table').getAttribute('aria-rowcount')).toBe('5001')
    expect(screen.getAllByRole('row').length).toBeLessThan(200)
  })
})

test('a line is lifted over a hole instead of being drawn through it', () => {
  expect(sparkPath([0, 10, null, 5, 20], 100, 10, 10)).toBe('M0.0 10.0L25.0 0.0M75.0 5.0L100.0 0.0')
})
