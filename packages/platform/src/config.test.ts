import { describe, expect, it } from 'vitest'
import { parseConfig, serviceVariables, variableNames } from './config.ts'

const complete = {
  TRIFLOW_KAFKA_BROKERS: '127.0.0.1:9092, kafka-2:9092',
  TRIFLOW_MONGO_URL: 'mongodb://127.0.0.1:27017/triflow',
  TRIFLOW_ADMIN_PORT: '0',
  TRIFLOW_GRPC_PORT: '50051',
}

const problemsOf = (env: Record<string, string>) => {
  const parsed = parseConfig(serviceVariables, env)
  return 'problems' in parsed ? parsed.problems : []
}

describe('configuration of a service', () => {
  it('reads a complete environment and fills in what may be left out', () => {
    const parsed = parseConfig(serviceVariables, complete)
    expect(parsed).toMatchObject({
      config: {
        brokers: ['127.0.0.1:9092', 'kafka-2:9092'],
        adminPort: 0,
        grpcPort: 50051,
        desks: 4,
        host: '127.0.0.1',
        logLevel: 'info',
      },
    })
  })

  it('reports every problem at once, with the variable and what was expected', () => {
    const problems = problemsOf({
      TRIFLOW_GRPC_PORT: '70000',
      TRIFLOW_DESKS: 'many',
      TRIFLOW_MONGO_URL: 'postgres://x/y',
    })
    expect(problems).toHaveLength(5)
    expect(problems[0]).toBe(
      'TRIFLOW_KAFKA_BROKERS is missing: expected host:port of one or more Kafka brokers, separated by commas',
    )
    expect(problems.join('\n')).toMatch(/TRIFLOW_DESKS has a value that does not fit: expected the number of desks/)
  })

  it('takes an empty variable for one that is absent', () => {
    expect(problemsOf({ ...complete, TRIFLOW_KAFKA_BROKERS: '' })[0]).toMatch(/TRIFLOW_KAFKA_BROKERS is missing/)
    expect(problemsOf({ ...complete, TRIFLOW_DESKS: '' })).toEqual([])
  })

  it('never repeats a value, which may be a secret', () => {
    expect(problemsOf({ ...complete, TRIFLOW_MONGO_URL: 'user:hunter2@host' }).join()).not.toContain('hunter2')
  })

  it.each([
    ['0', false],
    ['1', true],
    ['512', true],
    ['513', false],
    ['-1', false],
    ['4.5', false],
    [' 4', false],
  ])('%s desks: taken is %s', (desks, taken) => {
    expect(problemsOf({ ...complete, TRIFLOW_DESKS: desks }).length === 0).toBe(taken)
  })

  it('names its variables for documents to check against', () => {
    expect(variableNames(serviceVariables)).toContain('TRIFLOW_KAFKA_BROKERS')
  })
})
