import type { Translation } from '@/lib/i18n'
import type { en } from './text.en'

export const zh: Translation<typeof en> = {
  title: '审计日志',
  lead: '谁做了什么，结果如何。条目连续编号，不可更改。',
  at: '时间',
  actor: '操作者',
  action: '操作',
  target: '对象',
  outcome: '结果',
  detail: '详情',
  from: '来源',
  seq: '编号',
  done: '完成',
  refused: '被拒绝',
  failed: '失败',
  all: '全部',
  filter: '筛选已加载的条目…',
  older: '加载更早的条目',
  end: '已全部显示，共 {n} 条。',
  none: '尚无操作记录',
  noneHint: '登录、令牌、节点和终端操作都会记录在此。',
  noneMatch: '没有匹配的条目',
  refresh: '刷新',
  outcomes: '结果类型',
  forbidden: '仅管理员可查看审计日志',
  forbiddenHint: '请联系本管理器的管理员。',
}
