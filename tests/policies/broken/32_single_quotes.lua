warn('it's late')
