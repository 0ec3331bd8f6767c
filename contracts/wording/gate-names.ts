/** How steps are called; the names of the record stand in the sentences about them. */
export const STEP_NAMES: Readonly<Record<string, string>> = {
  extract: '擷取',
  validate: '驗證',
  train: '訓練',
  package: '封裝',
  judge: '評審',
  shadow: '平行測試',
  approve: '核准',
  swap: '換版',
};

/** How gates are called. `input`: nothing could be prepared for them. */
export const GATE_NAMES_ZH: Readonly<Record<string, string>> = {
  input: '輸入',
  leak: '資料洩漏稽核',
  coverage: '涵蓋率',
  schema: '結構',
  parity: '一致性',
  latency: '延遲',
  resources: '資源用量',
  'rank-ic': 'Rank IC',
  spa: 'SPA 檢定',
  stepm: 'StepM 檢定',
  dsr: '折減後夏普比率',
  pbo: '過度配適機率',
  'sharpe-improvement': '夏普比率改善',
  'non-inferiority': '不劣性',
  drawdown: '回撤',
  'final-fit': '最終模型',
  turnover: '週轉率',
  'cost-cover': '成本覆蓋',
  'position-concentration': '部位集中度',
  'sector-concentration': '產業集中度',
  feasibility: '可執行性',
  recovery: '復原',
  capacity: '容量',
};
