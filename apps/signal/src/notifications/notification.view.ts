import { ApiProperty } from '@nestjs/swagger';

/** A notification as REST and pushes show it. */
export class NotificationView {
  @ApiProperty({ example: 'IQBapalCzY' })
  id!: string;

  @ApiProperty({ example: 'PAYMENT_SUCCESS' })
  type!: string;

  @ApiProperty({ example: 'Thanh toán thành công 100.000 ₫' })
  title!: string;

  @ApiProperty({ example: 'Đã nhận thanh toán 100.000 ₫ cho đơn hàng SO-000123.' })
  content!: string;

  @ApiProperty({ example: '<p>Đã nhận thanh toán 100.000 ₫ cho đơn hàng SO-000123.</p>', description: 'Escaped HTML.' })
  html!: string;

  @ApiProperty({ type: String, nullable: true, example: '/orders/SO-000123' })
  actionUrl!: string | null;

  @ApiProperty({ type: Object, example: { orderNumber: 'SO-000123', amount: 100000, currency: 'VND' } })
  data!: Readonly<Record<string, unknown>>;

  @ApiProperty({ type: String, nullable: true })
  organizerId!: string | null;

  @ApiProperty({ type: String, nullable: true })
  merchantId!: string | null;

  @ApiProperty({ enum: ['vi', 'en'] })
  locale!: 'vi' | 'en';

  @ApiProperty({ example: 17, description: 'Place in the inbox: 1, 2, 3 … without gaps.' })
  sequence!: number;

  @ApiProperty({ example: false })
  isRead!: boolean;

  @ApiProperty({ type: String, nullable: true, format: 'date-time' })
  readAt!: string | null;

  @ApiProperty({ format: 'date-time', example: '2026-11-20T04:07:52.284Z' })
  createdAt!: string;
}
