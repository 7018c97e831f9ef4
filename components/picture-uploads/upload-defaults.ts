// What picture uploads do where nothing else is said.

export const uploadDefaults = {
  replacedPictureDays: 30,
  maxPictures: 50,
  maxSeconds: 5,
  /** One processor. */
  memorySize: 1769,
  throttling: { rateLimit: 20, burstLimit: 40 },
  logRetentionInDays: 30,
  accessLogFields: ["requestId", "requestTime", "routeKey", "status", "responseLatency", "authorizer.error"],
  sweep: { everyHours: 1, requestsPerSecond: 1, withinHours: 72 },
} as const;
