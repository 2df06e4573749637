import { defineConfig } from 'vitest/config'

const everywhere = ['packages/*/src/**', 'packages/*/test/**', 'services/*/src/**', 'services/*/test/**', 'launcher/**']
const named = (suffix: string) => everywhere.map((root) => `${root}/*${suffix}`)

/** Three levels: rules and arithmetic (unit), one real engine (int), the whole system through public doors (journey). */
export default defineConfig({
  test: {
    // By default one core is kept free, which of two is half of them.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: named('.test.ts'),
          exclude: ['**/*.int.test.ts', '**/*.journey.test.ts', '**/node_modules/**'],
          // Properties and simulations take their time on a busy machine; a test that hangs still ends.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'int',
          include: named('.int.test.ts'),
          exclude: ['**/node_modules/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'journey',
          include: named('.journey.test.ts'),
          exclude: ['**/node_modules/**'],
          testTimeout: 600_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
