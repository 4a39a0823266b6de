import js from '@eslint/js'
import globals from 'globals'
import hooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

/**
 * Who may import whom: features → api, ui, lib and another feature's index; ui → lib; api → lib; lib → nothing.
 * Folders reach each other by `@/…`, so `../` out of a folder is refused everywhere.
 */
function floor(files, refused, message) {
  return {
    files,
    ignores: ['**/*.test.ts', '**/*.test.tsx'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['../*'], message: 'Reach other folders by @/…' }, { group: refused, message }] },
      ],
    },
  }
}

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'src/api/schema.d.ts', 'test-results', 'playwright-report'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      globals: { ...globals.browser, ...globals.node },
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js', 'public/*.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { 'react-hooks': hooks },
    rules: {
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      // TanStack Router redirects by throwing what redirect() returns.
      '@typescript-eslint/only-throw-error': ['error', { allow: [{ from: 'package', package: '@tanstack/router-core', name: 'Redirect' }] }],
      'no-console': 'error',
      'no-restricted-globals': ['error', { name: 'EventSource', message: 'Use api/stream, it shows the connection and backs off.' }],
    },
  },
  floor(['src/lib/**'], ['@/*', '!@/lib', '!@/lib/*'], 'lib is pure and imports nothing of ours.'),
  floor(['src/ui/**'], ['@/*', '!@/ui', '!@/lib', '!@/ui/*', '!@/lib/*'], 'ui imports only lib.'),
  floor(['src/api/**'], ['@/*', '!@/api', '!@/lib', '!@/api/*', '!@/lib/*'], 'api imports only lib.'),
  floor(['src/features/**'], ['@/features/*/*', '@/shell', '@/shell/*', '@/routes'], "Another feature is entered by its index, '@/features/name'."),
  { files: ['**/*.js'], ...tseslint.configs.disableTypeChecked },
)
