const prefix = 'delivery-'

/** What a delivery is called: as its user said, or by its number, which becomes text only when somebody asks. */
export type DeliveryKey = string | number

export function deliveryId(key: DeliveryKey): string {
  return typeof key === 'string' ? key : `${prefix}${key}`
}

/** What is under way under an id. */
export function deliveryOf<Value>(deliveries: ReadonlyMap<DeliveryKey, Value>, id: string): Value | undefined {
  return deliveries.get(id) ?? (id.startsWith(prefix) ? deliveries.get(Number(id.slice(prefix.length))) : undefined)
}
