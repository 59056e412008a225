export { SipParseError, type SipParseErrorInit } from './parse-error.ts'
