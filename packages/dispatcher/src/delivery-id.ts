/** What a delivery is called: as its user said, or by its number, which becomes text only when somebody asks. */
export type DeliveryKey = string | number

export function deliveryId(key: DeliveryKey): string {
  return typeof key === 'string' ? key : `delivery-${key}`
}
