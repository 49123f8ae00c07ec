/** For authors of plugins: `import { createTestGateway } from 'marathon-gateway/testing'`. */
export {
  createTestGateway,
  type TestAnswer,
  type TestApp,
  type TestGateway,
  type TestGatewayOptions,
  type TestLogLine,
  type TestRequest
} from './testing/create-test-gateway.ts'
export type { Echo } from './testing/echo-task.ts'
