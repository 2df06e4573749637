/** How the lines of a goods document are stored in views. */
export const goodsFields = [{ _id: false, orderId: String, orderLine: Number, sku: String, quantity: BigInt }]
