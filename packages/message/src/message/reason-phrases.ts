// RFC 3261 21 and the IANA registry of SIP response codes: each list counts up from its code.
const runs: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing|Call Is Being Forwarded|Queued|Session Progress',
  199: 'Early Dialog Terminated|OK',
  202: 'Accepted',
  204: 'No Notification',
  300: 'Multiple Choices|Moved Permanently|Moved Temporarily',
  305: 'Use Proxy',
  380: 'Alternative Service',
  400:
    'Bad Request|Unauthorized|Payment Required|Forbidden|Not Found|Method Not Allowed|Not Acceptable|' +
    'Proxy Authentication Required|Request Timeout',
  410: 'Gone',
  412:
    'Conditional Request Failed|Request Entity Too Large|Request-URI Too Long|Unsupported Media Type|' +
    'Unsupported URI Scheme|Unknown Resource-Priority',
  420:
    'Bad Extension|Extension Required|Session Interval Too Small|Interval Too Brief|Bad Location Information|' +
    'Bad Alert Message',
  428: 'Use Identity Header|Provide Referrer Identity|Flow Failed',
  433: 'Anonymity Disallowed',
  436:
    'Bad Identity Info|Unsupported Credential|Invalid Identity Header|First Hop Lacks Outbound Support|' +
    'Max-Breadth Exceeded',
  469: 'Bad Info Package|Consent Needed',
  480:
    'Temporarily Unavailable|Call/Transaction Does Not Exist|Loop Detected|Too Many Hops|Address Incomplete|' +
    'Ambiguous|Busy Here|Request Terminated|Not Acceptable Here|Bad Event',
  491: 'Request Pending',
  493: 'Undecipherable|Security Agreement Required',
  500: 'Server Internal Error|Not Implemented|Bad Gateway|Service Unavailable|Server Time-out|Version Not Supported',
  513: 'Message Too Large',
  555: 'Push Notification Service Not Supported',
  580: 'Precondition Failure',
  600: 'Busy Everywhere',
  603: 'Decline|Does Not Exist Anywhere',
  606: 'Not Acceptable|Unwanted|Rejected',
}

const classes = ['', 'Progress', 'Success', 'Redirection', 'Request Failure', 'Server Failure', 'Global Failure']

const phrases = /* @__PURE__ */ byStatus()

function byStatus(): string[] {
  const all: string[] = []
  for (const [first, run] of Object.entries(runs)) {
    for (const [i, phrase] of run.split('|').entries()) all[Number(first) + i] = phrase
  }
  return all
}

/** The registered reason phrase of a status code; for a code that is not registered, the name of its class. */
export function reasonPhrase(status: number): string {
  return phrases[status] ?? classes[Math.floor(status / 100)] ?? ''
}
