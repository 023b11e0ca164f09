/** The app's catalogue: here the sample shop's. An export is a file of its own; it counts once it is listed here. */
import { defineCatalogue } from 'carryout'
import { customers } from './customers.ts'
import { orderItems } from './order-items.ts'
import { orders } from './orders.ts'

export const catalogue = defineCatalogue([orders, customers, orderItems])
