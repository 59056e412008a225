/** The longest UDP datagram over IPv4: 65,535 bytes less the IP and UDP headers. */
export const maxDatagram = 65_507
