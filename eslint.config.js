import tseslint from 'typescript-eslint'

const outside = [
  'kafkajs',
  'mongoose',
  'mongodb',
  'express',
  '@grpc/*',
  'pino',
  'node:*',
  '@opentelemetry/*',
  'zod',
  'jose',
  '@triflow/*',
  '!@triflow/kernel',
  '!@triflow/kernel/*',
]

/** One list for the whole repository; the quiet rooms and the one importer of kafkajs are rules of the architecture. */
export default tseslint.config(
  { ignores: ['**/node_modules/**', 'packages/contracts/gen/**', '.triflow/**', '**/*.d.ts'] },
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: "ImportDeclaration[source.value='@grpc/grpc-js'] > ImportDefaultSpecifier",
          message: 'A default import breaks the trace; import * as grpc.',
        },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [{ name: 'kafkajs', message: 'Only packages/platform/src/kafka/kafkajs.ts names the client.' }],
        },
      ],
    },
  },
  {
    files: ['packages/platform/src/kafka/kafkajs.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    files: ['packages/desk/src/**', 'packages/audit/src/**'],
    ignores: ['**/*.test.ts', '**/testing/**', '**/memory/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: [
                'kafkajs',
                'mongoose',
                'express',
                '@grpc/*',
                'pino',
                '@triflow/platform',
                'node:fs',
                'node:net',
                'node:http',
              ],
              message: 'Desks and their audit talk to ports only.',
            },
          ],
        },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
          message: 'Ask the Clock port.',
        },
      ],
      'no-restricted-globals': ['error', 'setTimeout', 'setInterval', 'setImmediate', 'process'],
    },
  },
  {
    files: ['packages/kernel/src/**', 'services/*/src/desks/**'],
    ignores: ['**/*.test.ts', '**/specification.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: outside, message: 'A quiet room imports the kernel and itself, nothing else.' }] },
      ],
      'no-restricted-globals': [
        'error',
        'process',
        'setTimeout',
        'setInterval',
        'setImmediate',
        'queueMicrotask',
        'fetch',
        'console',
        'performance',
        'Intl',
      ],
      'no-restricted-syntax': [
        'error',
        { selector: ':function[async=true]', message: 'A quiet room does not wait.' },
        { selector: 'AwaitExpression', message: 'A quiet room does not wait.' },
        {
          selector: "MemberExpression[object.name='Math'][property.name='random']",
          message: 'Randomness is an input.',
        },
        { selector: "MemberExpression[object.name='Date'][property.name='now']", message: 'Time is an input.' },
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Time is an input.' },
        { selector: 'MemberExpression[property.name=/^(toLocale.*|localeCompare)$/]', message: 'No locale decides.' },
      ],
    },
  },
)
